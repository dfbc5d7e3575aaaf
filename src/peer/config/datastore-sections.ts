// The stores of the Go program. There is one store here, `store`; these sections are written as Go writes them and
// read without effect, save for `folder`, which says where a pinset of the Go program may lie.

import { z } from "zod";

import { hiddenAndEmpty, text, unread } from "./leaf.ts";

const unused = "Read and without effect: the store here is `store`.";

const gc = {
  gc_discard_ratio: 0.2,
  gc_interval: "15m0s",
  gc_sleep: "10s",
} as const;

const badgerOptions = {
  dir: "",
  value_dir: "",
  sync_writes: true,
  table_loading_mode: 2,
  value_log_loading_mode: 0,
  num_versions_to_keep: 1,
  max_table_size: 16_777_216,
  level_size_multiplier: 10,
  max_levels: 7,
  value_threshold: 32,
  num_memtables: 5,
  num_level_zero_tables: 5,
  num_level_zero_tables_stall: 10,
  level_one_size: 268_435_456,
  value_log_file_size: 1_073_741_823,
  value_log_max_entries: 1_000_000,
  num_compactors: 2,
  compact_l_0_on_close: false,
  read_only: false,
  truncate: true,
} as const;

const badger3Options = {
  dir: "",
  value_dir: "",
  sync_writes: false,
  num_versions_to_keep: 1,
  read_only: false,
  compression: 0,
  in_memory: false,
  metrics_enabled: true,
  num_goroutines: 8,
  mem_table_size: 67_108_864,
  base_table_size: 2_097_152,
  base_level_size: 10_485_760,
  level_size_multiplier: 10,
  table_size_multiplier: 2,
  max_levels: 7,
  v_log_percentile: 0,
  value_threshold: 100,
  num_memtables: 5,
  block_size: 4096,
  bloom_false_positive: 0.01,
  block_cache_size: 0,
  index_cache_size: 0,
  num_level_zero_tables: 5,
  num_level_zero_tables_stall: 15,
  value_log_file_size: 1_073_741_823,
  value_log_max_entries: 1_000_000,
  num_compactors: 4,
  compact_l_0_on_close: false,
  lmax_compaction: false,
  zstd_compression_level: 1,
  verify_value_checksum: false,
  checksum_verification_mode: 0,
  detect_conflicts: false,
  namespace_offset: -1,
} as const;

const leveldbOptions = {
  block_cache_capacity: 0,
  block_cache_evict_removed: false,
  block_restart_interval: 0,
  block_size: 0,
  compaction_expand_limit_factor: 0,
  compaction_gp_overlaps_factor: 0,
  compaction_l0_trigger: 0,
  compaction_source_limit_factor: 0,
  compaction_table_size: 0,
  compaction_table_size_multiplier: 0,
  compaction_table_size_multiplier_per_level: null,
  compaction_total_size: 0,
  compaction_total_size_multiplier: 0,
  compaction_total_size_multiplier_per_level: null,
  compression: 0,
  disable_buffer_pool: false,
  disable_block_cache: false,
  disable_compaction_backoff: false,
  disable_large_batch_transaction: false,
  iterator_sampling_rate: 0,
  no_sync: false,
  no_write_merge: false,
  open_files_cache_capacity: 0,
  read_only: false,
  strict: 0,
  write_buffer: 0,
  write_l0_pause_trigger: 0,
  write_l0_slowdown_trigger: 0,
} as const;

const pebbleLevels = Array.from({ length: 7 }, (_, level) => ({
  block_restart_interval: 16,
  block_size: 4096,
  block_size_threshold: 90,
  compression: 1,
  filter_type: 0,
  filter_policy: 10,
  index_block_size: 4096,
  target_file_size: 4_194_304 * 2 ** level,
}));

const pebbleOptions = {
  cache_size_bytes: 1_073_741_824,
  bytes_per_sync: 1_048_576,
  disable_wal: false,
  flush_delay_delete_range: 0,
  flush_delay_range_key: 0,
  flush_split_bytes: 4_194_304,
  format_major_version: 24,
  l0_compaction_file_threshold: 750,
  l0_compaction_threshold: 4,
  l0_stop_writes_threshold: 12,
  l_base_max_bytes: 134_217_728,
  max_open_files: 1000,
  mem_table_size: 67_108_864,
  mem_table_stop_writes_threshold: 20,
  read_only: false,
  wal_bytes_per_sync: 0,
  levels: pebbleLevels,
} as const;

type Options = Readonly<Record<string, unknown>>;

/** Any of the Go program's stores. */
export const datastoreSection = z.object({
  badger: datastore("badger", { ...gc, badger_options: badgerOptions }).optional(),
  badger3: datastore("badger3", { ...gc, badger_options: badger3Options }).optional(),
  leveldb: datastore("leveldb", { leveldb_options: leveldbOptions }).optional(),
  pebble: datastore("pebble", { pebble_options: pebbleOptions }).optional(),
});

function datastore(name: string, options: Options) {
  const folder = text(name, "Where the Go program keeps its data.", hiddenAndEmpty);
  return z.looseObject({ folder, ...unusedLeaves(options) });
}

function unusedLeaves(options: Options): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => {
      const isBranch = typeof value === "object" && value !== null && !Array.isArray(value);
      if (!isBranch) return [key, unread(value, unused)] as const;
      const inner = unusedLeaves(Object.fromEntries(Object.entries(value)));
      return [key, z.looseObject(inner).optional()] as const;
    }),
  );
}

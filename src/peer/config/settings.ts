import { z } from "zod";

import { apiSection } from "./api-sections.ts";
import { clusterSection } from "./cluster-section.ts";
import {
  allocatorSection,
  connectorSection,
  informerSection,
  monitorSection,
  observationsSection,
  trackerSection,
} from "./component-sections.ts";
import { consensusSection } from "./consensus-sections.ts";
import { datastoreSection } from "./datastore-sections.ts";
import { gatewaySection, ipfsSection, storeSection, uiSection } from "./own-sections.ts";

/** All of service.json. Sections of IPFS Cluster in its spelling, and `ipfs`, `gateway`, `ui`, `store`. */
export const settingsSchema = z.object({
  cluster: clusterSection.prefault({}),
  consensus: consensusSection.prefault({}),
  api: apiSection.prefault({}),
  ipfs_connector: connectorSection.prefault({}),
  pin_tracker: trackerSection.prefault({}),
  monitor: monitorSection.prefault({}),
  allocator: allocatorSection.prefault({}),
  informer: informerSection.prefault({}),
  observations: observationsSection.prefault({}),
  datastore: datastoreSection.prefault({}),
  state: z.unknown().optional(),
  source: z.string().optional(),
  ipfs: ipfsSection.prefault({}),
  gateway: gatewaySection.prefault({}),
  ui: uiSection.prefault({}),
  store: storeSection.prefault({}),
});

/** service.json, read: durations in milliseconds, sizes in bytes, addresses taken apart. Keys as in the file. */
export type Settings = z.output<typeof settingsSchema>;

/** Sections in which an unknown key is an error. */
export const ownSections: readonly string[] = ["ipfs", "gateway", "ui", "store"];

/** Sections of IPFS Cluster. */
export const goSections: readonly string[] = Object.keys(settingsSchema.shape).filter(
  (section) => !ownSections.includes(section),
);

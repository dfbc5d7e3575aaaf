import { checkRecord, decodeRecord, formatTimeNs, type NameRecord, parseNameId } from "#ipfs";
import { formatDuration, messageOf } from "#lib";

import { boolTrue, fileArgument, type KuboCommand, text } from "../command.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { readFirst } from "./routing-records.ts";

export const nameInspect: KuboCommand = {
  path: "name/inspect",
  arguments: [fileArgument("record")],
  options: [text("verify"), boolTrue("dump")],
  run: runInspect,
};

/** Where a record leads; empty when it does not say. */
export function valueOfRecord(bytes: Uint8Array): string {
  try {
    return decodeRecord(bytes).value ?? "";
  } catch {
    return "";
  }
}

interface Validation {
  readonly Valid: boolean;
  readonly Reason: string;
  readonly Name: string;
}

async function runInspect(request: KuboRequest, output: KuboOutput): Promise<void> {
  const bytes = await readFirst(request.files);
  const record = decodeRecord(bytes);
  const Validation = await validate(request, record);
  const HexDump = request.flag("dump") === true ? hexDump(bytes) : "";
  const { validUntilNs, ttlNs = null, sequence = null } = record;
  const Entry = {
    Value: record.value ?? "",
    ValidityType: record.validityType ?? null,
    Validity: validUntilNs === undefined ? null : formatTimeNs(validUntilNs),
    Sequence: sequence,
    TTL: ttlNs,
  };
  const SignatureType = record.hasV1 ? "V1+V2" : "V2";
  const value = { Entry, PbSize: bytes.length, SignatureType, HexDump, Validation };
  await output.single(value, () => {
    const rows = entryRows(value);
    return `${columns(rows)}\n${validationText(Validation)}${HexDump === "" ? "" : `\nHex Dump:\n${HexDump}`}`;
  });
}

async function validate(request: KuboRequest, record: NameRecord): Promise<Validation | null> {
  const wanted = request.text("verify");
  if (wanted === undefined) return null;
  const name = parseNameId(wanted.replace(/^\/ipns\//, ""));
  try {
    await checkRecord(record, name, request.deps.clock.now());
    return { Valid: true, Reason: "", Name: name.text };
  } catch (cause) {
    return { Valid: false, Reason: messageOf(cause), Name: name.text };
  }
}

type Row = readonly [label: string, text: string];

function entryRows(value: {
  readonly Entry: {
    readonly Value: string;
    readonly ValidityType: bigint | null;
    readonly Validity: string | null;
    readonly Sequence: bigint | null;
    readonly TTL: bigint | null;
  };
  readonly PbSize: number;
  readonly SignatureType: string;
}): readonly Row[] {
  const { Value, ValidityType, Validity, Sequence, TTL } = value.Entry;
  const rows: readonly (readonly [label: string, text: string | undefined])[] = [
    ["Value:", Value === "" ? undefined : JSON.stringify(Value)],
    ["Validity Type:", ValidityType?.toString()],
    ["Validity:", Validity === null ? undefined : JSON.stringify(Validity)],
    ["Sequence:", Sequence?.toString()],
    ["TTL:", TTL === null ? undefined : formatDuration(Number(TTL) / 1e6)],
    ["Protobuf Size:", String(value.PbSize)],
    ["Signature Type:", value.SignatureType],
  ];
  return rows.flatMap(([label, shown]) => (shown === undefined ? [] : [[label, shown] as const]));
}

function validationText(validation: Validation | null): string {
  if (validation === null) {
    return "This record was not verified. Pass '--verify k51...' to verify.\n";
  }
  const rows: readonly Row[] = [
    ["Valid:", String(validation.Valid)],
    ...(validation.Reason === "" ? [] : [["Reason:", validation.Reason] as const]),
    ["Name:", validation.Name],
  ];
  return `Validation results:\n${columns(rows, " ")}`;
}

/** Values begin in one column, as Go's tabwriter puts them. */
function columns(rows: readonly Row[], indent = ""): string {
  const width = Math.max(...rows.map(([label]) => label.length)) + 1;
  return rows.map(([label, shown]) => `${indent}${label.padEnd(width)}${shown}\n`).join("");
}

/** As Go's encoding/hex writes it: 16 bytes a line. */
function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.subarray(at, at + 16);
    const hex = Array.from({ length: 16 }, (_, index) => {
      const byte = part[index];
      const digits = byte === undefined ? "  " : byte.toString(16).padStart(2, "0");
      return ` ${index === 8 ? " " : ""}${digits}`;
    }).join("");
    const shown = Array.from(part, (byte) =>
      byte >= 0x20 && byte <= 0x7e ? String.fromCodePoint(byte) : ".",
    ).join("");
    lines.push(`${at.toString(16).padStart(8, "0")} ${hex}  |${shown}|\n`);
  }
  return lines.join("");
}

export { type SentMetadata, toImportEntries, type UploadEntry } from "./import-entries.ts";
export { boundaryOf, type MultipartLimits, type Part, readParts } from "./read-parts.ts";

export { MultipartError } from "./errors.ts";
export { type SentMetadata, toImportEntries, type UploadEntry } from "./import-entries.ts";
export {
  boundaryOf,
  defaultMultipartLimits,
  type MultipartLimits,
  type Part,
  readParts,
} from "./read-parts.ts";

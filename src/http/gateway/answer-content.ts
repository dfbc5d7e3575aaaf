import { codec } from "#model";

import { answerBlock, answerSymlink, requireWholeBlock } from "./answer-block.ts";
import { answerCar } from "./answer-car.ts";
import { answerDirectory } from "./answer-directory.ts";
import { answerFile } from "./answer-file.ts";
import { answerPreview } from "./answer-preview.ts";
import { FormatNamespaceError, NotAcceptableError } from "./errors.ts";
import { formatByCodec } from "./etags.ts";
import { isDownload } from "./headers.ts";
import { type Format, mediaTypes } from "./negotiate.ts";
import { isUnixFs, lookAt } from "./places.ts";
import type { Visit } from "./visit.ts";

/** Chooses the representation of what is at a place (path gateway specification, "Payload"). */
export function answerContent(visit: Visit): Promise<void> {
  const { format } = visit.wanted;
  switch (format) {
    case undefined:
    case "json":
    case "cbor":
      return answerDeserialized(visit, format);
    case "raw":
      return answerBlock(visit, "raw");
    case "car":
      return answerCar(visit);
    case "dag-json":
    case "dag-cbor":
      if (formatByCodec.get(visit.place.cid.code) !== format) throw mismatch(visit, format);
      return answerBlock(visit, format);
    case "tar":
      throw new NotAcceptableError(
        "TAR is not supported: ask for ?format=car, ?format=raw, or without a format",
      );
    case "ipns-record":
      break;
  }
  throw new FormatNamespaceError(format, "/ipns");
}

function answerDeserialized(visit: Visit, format: "json" | "cbor" | undefined): Promise<void> {
  const { cid } = visit.place;
  const own = formatByCodec.get(cid.code);
  if (own === undefined) {
    if (!isUnixFs(cid) || format === "cbor") throw mismatch(visit, format);
    return answerUnixFs(visit);
  }
  // DAG-JSON is JSON, and DAG-CBOR is CBOR
  if (format !== undefined && !own.endsWith(format)) throw mismatch(visit, format);
  const mayPreview = format === undefined && own.startsWith("dag-") && visit.wanted.mayBeHtml;
  if (mayPreview && !isDownload(visit)) return answerPreview(visit);
  return answerBlock(visit, format ?? own);
}

async function answerUnixFs(visit: Visit): Promise<void> {
  const { exchange, source, place } = visit;
  requireWholeBlock(visit);
  const { content, block } = await lookAt(source, place, { signal: exchange.signal });
  switch (content.type) {
    case "file": {
      const name = place.target.path.segments.at(-1) ?? "";
      return answerFile(visit, { content, name, block, isIndex: false });
    }
    case "directory":
      return answerDirectory(visit, content);
    case "symlink":
      return answerSymlink(visit, content);
  }
}

function mismatch(visit: Visit, format: Format | undefined): NotAcceptableError {
  const codecName = formatByCodec.get(visit.place.cid.code) ?? nameOf(visit.place.cid.code);
  const asked = format === undefined ? "as a file" : `format ${JSON.stringify(mediaTypes[format])}`;
  return new NotAcceptableError(
    `${asked} requested but block has codec ${JSON.stringify(codecName)}: ` +
      "codec conversion is not supported, fetch raw block with ?format=raw and convert client-side",
  );
}

function nameOf(code: number): string {
  if (code === codec.raw) return "raw";
  return code === codec.dagPb ? "dag-pb" : `0x${code.toString(16)}`;
}

import { asError, CodedError, goQuote } from "#lib";
import { multiaddrProblem } from "#model";
import {
  type DataFolder,
  InvalidConfigError,
  InvalidIdentityError,
  NotInitializedError,
} from "#peer";

import type { ExitError } from "../urfave/index.ts";
import { failure, lockedFailure } from "./failure.ts";

/**
 * An error in the words in which ipfs-cluster-service tells it, where it has some; `doing` is for others. A bug stays
 * what it is.
 */
export function explain(thrown: unknown, folder: DataFolder, doing: string): Error {
  const error = asError(thrown);
  if (!(error instanceof CodedError) || error.kind === "bug") return error;
  if (error.code === "FOLDER_LOCKED" || error.code === "FOLDER_IN_USE") {
    return lockedFailure(folder, error);
  }
  if (error instanceof NotInitializedError) return missingFile(error, folder);
  if (error instanceof InvalidConfigError) return wrongConfig(error);
  if (error instanceof InvalidIdentityError) {
    const problem = `${loadingIdentity(error, folder)}: ${error.goMessage ?? error.message}`;
    return failure("loading configurations", problem, error);
  }
  if (error.code === "LISTEN_FAILED") return failure(creating(error), error.message, error);
  return failure(doing, error.message, error);
}

/** Where the Go program says that it was: at the file, or at the variables over it. */
function loadingIdentity({ place }: InvalidIdentityError, { identityPath }: DataFolder): string {
  if (place.startsWith("CLUSTER_")) return "error applying environment variables to the identity";
  const from = place === identityPath ? ` from ${identityPath}` : "";
  return `error loading identity${from}`;
}

/** Which of the Go program's components cannot listen. */
function creating(error: CodedError): string {
  const key = String(Reflect.get(error, "key"));
  if (key.startsWith("api.restapi.")) return "creating REST API component";
  if (key.startsWith("api.pinsvcapi.")) return "creating Pinning Service API component";
  if (key.startsWith("api.ipfsproxy.")) return "creating IPFS Proxy component";
  if (key.startsWith("cluster.")) return "creating libp2p host";
  return "starting cluster";
}

/** @throws {ExitError} for what is no multiaddr */
export function checkMultiaddr(address: string, doing: string): void {
  const problem = multiaddrProblem(address);
  if (problem === undefined) return;
  throw failure(doing, `failed to parse multiaddr ${goQuote(address)}: ${problem}`);
}

function missingFile(error: NotInitializedError, folder: DataFolder): ExitError {
  const doing = "loading configurations";
  if (error.path !== folder.identityPath) {
    const path = error.path === folder.path ? folder.configPath : error.path;
    return failure(doing, `open ${path}: no such file or directory`, error);
  }
  // what the Go program says of an identity that is empty because there is no file
  const problem = "failed to parse peer ID: invalid cid: cid too short";
  return failure(doing, `error loading identity: error decoding cluster ID: ${problem}`, error);
}

function wrongConfig(error: InvalidConfigError): ExitError {
  const problem = error.goMessage ?? error.message;
  if (problem === "could not determine the consensus component") {
    return failure("creating state manager", problem, error);
  }
  return failure("loading configurations", problem, error);
}

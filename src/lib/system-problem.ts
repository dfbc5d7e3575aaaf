import { codeOf, messageOf } from "./coded-error.ts";

const problems: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  ConnectionRefused: "connection refused", // of fetch
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "no route to host",
  EISDIR: "is a directory",
  ELOOP: "too many levels of symbolic links",
  ENAMETOOLONG: "file name too long",
  ENETUNREACH: "network is unreachable",
  ENOENT: "no such file or directory",
  ENOTDIR: "not a directory",
  EROFS: "read-only file system",
  ETIMEDOUT: "connection timed out",
};

/** What the system says about a file or connection, in Go's words; undefined for what is not the system's. */
export function knownSystemProblem(error: unknown): string | undefined {
  return problems[codeOf(error) ?? ""];
}

/** The same, or else the error's own message. */
export function systemProblem(error: unknown): string {
  return knownSystemProblem(error) ?? messageOf(error);
}

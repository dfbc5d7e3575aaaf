import { messageOf } from "#lib";

const problems: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ENOTDIR: "not a directory",
  ENAMETOOLONG: "file name too long",
  ELOOP: "too many levels of symbolic links",
  EROFS: "read-only file system",
};

/** What the system says about a file, in Go's words. */
export function systemProblem(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return problems[String(code)] ?? messageOf(error);
}

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The project's top folder. */
export const projectFolder: string = resolve(import.meta.dir, "..", "..");

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Every file with one of the endings below a folder of the project. */
export function sourceFiles(folder: string, endings: readonly string[] = [".ts"]): SourceFile[] {
  const top = join(projectFolder, folder);
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { path, text: readFileSync(path, "utf8") };
    });
}

/** A text without its comments; good enough for code that is formatted. */
export function commentless(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

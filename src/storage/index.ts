export type { BlockStore } from "./ports.ts";

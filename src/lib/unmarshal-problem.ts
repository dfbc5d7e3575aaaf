/** What Go's `encoding/json` says about a value of another type than the one wanted. */
export function unmarshalProblem(value: unknown, into: string): string {
  return `json: cannot unmarshal ${kindOf(value)} into ${into}`;
}

/** What Go calls it. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  return typeof value === "boolean" ? "bool" : typeof value;
}

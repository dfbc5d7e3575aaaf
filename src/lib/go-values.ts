// Texts as values, as Go's strconv reads them.

const whole =
  /^([+-]?)(?:(0|[1-9](?:_?\d)*)|0[oO]?((?:_?[0-7])+)|0[xX]((?:_?[\da-fA-F])+)|0[bB]((?:_?[01])+))$/;

/** A whole number with base 0: `12`, `-3`, `0x1f`, `0o17`, `017`, `0b1`, `1_000`; undefined when it is none. */
export function parseGoInteger(text: string): bigint | undefined {
  const match = whole.exec(text);
  if (match === null) return undefined;
  const [, sign, decimal, octal, hex, binary] = match;
  const digits = [decimal, octal && `0o${octal}`, hex && `0x${hex}`, binary && `0b${binary}`];
  const size = BigInt((digits.find((found) => found) ?? "0").replaceAll("_", ""));
  return sign === "-" ? -size : size;
}

/** `true`, `1`, `t`, `False` …; undefined for anything else. */
export function parseGoBool(text: string): boolean | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) return false;
  return undefined;
}

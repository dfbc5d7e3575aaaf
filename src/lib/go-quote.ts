const short: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};

/** A text as Go's `%q` prints it. */
export function goQuote(text: string): string {
  const unsafe = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
  return `"${text.replaceAll(unsafe, (character) => short[character] ?? escape(character))}"`;
}

function escape(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const hex = (digits: number): string => point.toString(16).padStart(digits, "0");
  if (point < 0x20 || point === 0x7f) return `\\x${hex(2)}`;
  return point > 0xffff ? `\\U${hex(8)}` : `\\u${hex(4)}`;
}

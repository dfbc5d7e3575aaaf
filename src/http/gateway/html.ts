/** Text for HTML, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return Bun.escapeHTML(text);
}

const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}" +
  "h1{font-size:1.1rem;overflow-wrap:anywhere}table{width:100%;border-collapse:collapse}td{padding:.2rem .5rem;" +
  "border-top:1px solid #ddd;overflow-wrap:anywhere}td:nth-child(n+3){white-space:nowrap;text-align:right}" +
  ".ipfs-hash,pre{font-family:ui-monospace,monospace;font-size:.85em}pre{white-space:pre-wrap;overflow-wrap:anywhere}" +
  "a{color:#06c}@media(prefers-color-scheme:dark){body{color:#ddd;background:#111}td{border-color:#333}a{color:#6bf}}";

/** The frame of every page; titles are HTML. */
export const page = {
  start: (title: string): string =>
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n' +
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n' +
    `<title>${title}</title>\n<style>${style}</style>\n</head>\n<body>\n`,
  end: "</body>\n</html>\n",
} as const;

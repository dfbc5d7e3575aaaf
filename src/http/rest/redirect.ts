import type { Exchange } from "../kernel/index.ts";
import { cleanPath } from "./paths.ts";

/** A path that ends in a slash, or is not clean, is answered with the one that is meant (cluster 1.1). */
export async function redirected(exchange: Exchange): Promise<boolean> {
  const { rawPath, rawQuery, method } = exchange;
  const query = rawQuery === "" ? "" : `?${rawQuery}`;
  if (rawPath.length > 1 && rawPath.endsWith("/")) {
    const location = `${rawPath.slice(0, -1).replace(/^\/+/, "/")}${query}`;
    const html = { Location: location, "Content-Type": "text/html; charset=utf-8" };
    if (method === "GET") {
      await exchange.send(
        307,
        html,
        `<a href="${escapeHtml(location)}">Temporary Redirect</a>.\n\n`,
      );
    } else await exchange.send(307, { Location: location });
    return true;
  }
  const clean = cleanPath(rawPath);
  if (clean === rawPath) return false;
  await exchange.send(301, { Location: `${clean}${query}` });
  return true;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&#34;");
}

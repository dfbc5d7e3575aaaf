import { page } from "./html.ts";

/** What a browser sees at the gateway's root. */
export const homePage: string = `${page.start("Pinfold gateway")}<h1>Pinfold gateway</h1>
<p>Content by its address: <code>/ipfs/&lt;cid&gt;[/path]</code></p>
${page.end}`;

// Goal: an import gives the CIDs that others have published or that Kubo 0.43 gave (spec section 7). Method: inputs that
// anybody can make again, a root CID each.

import { describe, expect, test } from "bun:test";

import {
  importEntries,
  type ImportEntry,
  importProfiles,
  type ImportWishes,
  resolveImportOptions,
} from "#dag";
import { inPieces } from "#test/kubo-vectors";

const nullSink = { put: () => undefined };
const v1: ImportWishes = { cidVersion: 1 };
const trickle: ImportWishes = { trickle: true };

const files: readonly (readonly [content: string, wishes: ImportWishes, cid: string])[] = [
  ["text:hello world", {}, "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD"],
  ["text:hello world", v1, "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"],
  [
    "text:hello world",
    { ...v1, rawLeaves: false },
    "bafybeihykld7uyxzogax6vgyvag42y7464eywpf55gxi5qpoisibh3c5wa",
  ],
  [
    "text:hello world",
    { hash: "sha2-512" },
    "bafkrgqbqt3gerhas23vuzrapkdeqf4vu2dwxp3srdj6hvg6nhsug2tgyn6mj3u23yx7utftq3i2ckw2fwdh5qmhid5qf3t35yvkc5e5ottlw6",
  ],
  ["text:hello world", trickle, "QmRa57sp5M1iouDtNoZscfeHi73JZFxsHpuqvNEug7zmq2"],
  [
    "text:hello world",
    { ...v1, ...trickle },
    "bafybeihcowtb7l7r3l7ydvxunav2vyv24s5m6tm44oplsoinw3wqztigvy",
  ],
  ["text:hello world", { mode: 0o644 }, "QmYmcXFVE44PodRHmiaw941rdNir4eMwjT8JA3DGiKRKyk"],
  ["text:Hello Worlds!\n", {}, "QmVr26fY1tKyspEJBniVhqxQeEjhF78XerGiqWAwraVLQH"],
  ["text:Hello Worlds!\n", trickle, "QmUkUQgxXeggyaD5Ckv8ZqfW8wHBX6cYyeiyqvVZYzq5Bi"],
  ["text:hi", { inline: true }, "bafyaacqkbaeaeeqcnburqaq"],
  ["text:hi", { ...v1, inline: true }, "bafkqaatine"],
  ["empty", {}, "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"],
  ["empty", { rawLeaves: true }, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"],
  ["empty", trickle, "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"],
  ["empty", { ...v1, ...trickle }, "bafybeif7ztnhq65lumvvtr4ekcwd2ifwgm3awq4zfr3srh462rwyinlb4y"],
  [
    "empty",
    { mode: 0o764, mtime: 1603539720, mtimeNsecs: 54321 },
    "QmUkxrtBA8tPjwCYz1HrsoRfDz6NgKut3asVeHVQNH4C8L",
  ],
  ["empty", { mtime: 1603539720 }, "QmT3aY4avDcYXCWpU8CJzqUkW7YEuEsx36S8cTNoLcuK1B"],
  ["empty", { mode: 0o764 }, "QmchD3BN8TQ3RW6jPLxSaNkqvfuj7syKhzTRmL4EpyY1Nz"],
  ["s256k", {}, "Qma8iYabJuw8DhVJ6yV14tKDQBhb6sApmYy8pVqEvxz2H4"],
  ["s256k", v1, "bafkreigy5tcgloscldzhi2iadhemu2v7dj2u5wme7vgim2jlmnxindpsfi"],
  ["s256k", { rawLeaves: true }, "bafkreigy5tcgloscldzhi2iadhemu2v7dj2u5wme7vgim2jlmnxindpsfi"],
  [
    "s256k",
    { ...v1, rawLeaves: false },
    "bafybeifphwoetq7lcfs3ytwpuhplvufythj53xj5tssqfpryqt2a34pdp4",
  ],
  ["s256k", trickle, "QmRGEpPYS61ocymoXxg3ihYpZdXP7LQjJutoXXQWASNYkn"],
  ["s256k", { ...v1, ...trickle }, "bafybeihrludwdbndazlgm4cctakjit6xu4nvlrfuuceeenoalbrj3ivrja"],
  ["s256k1", {}, "QmZRZYEtyYsJWDc4bCne5vmXzndMefW6W7Gx1zLmw67QuT"],
  ["s256k1", v1, "bafybeiavfl3mrv5rig3iqfle6aheyo3crcdzseal3jfwykhuwtmc4vtyjy"],
  ["s256k1", { rawLeaves: true }, "QmPmHGYQJk6TUJmvfvhXgcff1ykY56auqx8LKqUUc1aycy"],
  [
    "s256k1",
    { ...v1, rawLeaves: false },
    "bafybeifvpa2luyfhwrtywvwn3uhywiptvvlmusiapsx7ivjdjifboffqqy",
  ],
  ["s256k1", trickle, "QmNveYU3GT5NyLnbMPS8NXX4CDNL1Sgz4HZQWAw8bPq3Vn"],
  ["s256k1", { mode: 0o644 }, "QmUSMYT7Prs6BLqvK9mP8JPS6id3yrazEqonTABbC44p49"],
  ["s256k1", { mode: 0o755, mtime: 1604320482 }, "QmYGozULGanrT1wXNkP8KTeNw2DDkXf2JAUW2x8VyuHGBa"],
  ["s256k1", { ...v1, mode: 0o755 }, "bafybeih5hmkwnix6xqurfq4zasa5hqazlyiemmwaoqmhz567ymigoioilq"],
  ["s1m", {}, "Qmf5BJUJ129GdC2TuaEXvBV3q5cJ4oD7gBnUD64EcTJW4y"],
  ["s1m", v1, "bafybeifsyv5ykyj2c3sb4lnaravxx6tzmpc6wuv3g3p5xqoh5rhlhshcc4"],
  ["s1m", trickle, "QmYWMwhCMdZH3TXFJzAkyiRxdY67ePTuSPtXjusHYnbHQU"],
  [
    "s1m",
    { hash: "sha3-512" },
    "bafybiqgroxnly5g2hrwe5hwmmy32urzocyubbcowjojmpkifsfwuabfthm4e77wciz4kgvyedvbzlh5myzgw6mtlc3dl4yuxdeivu6bam7op6",
  ],
  ["s1m", { hash: "blake3" }, "bafyb4idrje4lvdbvaf7gydt3v5mhttidds5cyiurvdrslojsv5pzowgney"],
  [
    "s1m",
    { hash: "blake2b-256" },
    "bafykbzacecj65wi5ist4hoqwnrvfyvytn5az3scr3hbnhe2nbpy6smhpor6xs",
  ],
  ["s10m", {}, "QmZ4E7cPA6e8rGsWSrLKHFbB91PE4RtkbyRtKfVf8GxERo"],
  ["s10m", { rawLeaves: true }, "QmbnJ3q8WRSGbzWCkd5mQyHhtpPnNmYMSgRJoMGyL4PHCv"],
  ["s10m", trickle, "QmZiPoPgteXva5AgQscRBuSFVhkcoawx6D9AeNVbsAE7GK"],
  ["s10m", { chunker: "rabin" }, "QmUzkYScQxB74d6WSVGyoVRnYwuLd5xmZQFwvVuBxdDBVk"],
  [
    "s10m",
    { chunker: "rabin-131072-262144-524288" },
    "QmZ575nLypjDUngiS1XUb2vcrmgDLJAPAdtzEFzZi6wvAU",
  ],
  ["s10m", { chunker: "rabin-16-64-256" }, "QmbbAtJ76dZYNwhCdZhWkFp8fdDUFUV1H3iPU1KWBCuwYQ"],
  [
    "s10m",
    { ...v1, chunker: "rabin-16-64-256" },
    "bafybeia5jqwtbk7uhjlzcfazqsnxwerhbpx4uben2xbrfzyenxumtlalza",
  ],
  ["s10m", { chunker: "buzhash" }, "QmSVow8c9q4r8V26h4Lvegdb7c9HsJSVz2ZmxzNAFV3DhZ"],
  ["s10m", { chunker: "size-1000" }, "QmTD8gsSyPAYZSNvi78m99o2vjuagcZvKhf9zSEmnLDmBM"],
  ["s10m", { chunker: "size-2096896" }, "QmYDVL4ExrsKwNsYvkF5hbfiKyENDW5QtiCD46HXuFJR3P"],
  ["s10m", { maxFileLinks: 3 }, "QmYpQ3FsTBPiXSUcPwF4suAmDoHnVUhwwN13uWUSGny5yL"],
  ["s10m", { maxFileLinks: 3, trickle: true }, "Qmc3WeT23TchyLh1o5H11MtCPuMP89P1sg5VKSRUDmuCD5"],
  ["15m zeros", {}, "QmcKEs7mbxbGPPc2zo77E6CPwgaSbY4SmD2MFh16AqaR9e"],
  ["100m zeros", {}, "Qmca3PNFKuZnYkiVv1FpcV1AfDUm4qCSHoYjPTBqDAsyk8"],
  ["100m zeros", v1, "bafybeieckprkg4re4c3jo5ffhvxpze3p2fjkhgld45wsd62uy6kuwuywz4"],
  ["100m zeros", trickle, "QmfY7kwjH3kYKuy2xpEoboQ3Hx5t6mNiu6TTnX3QUUQN8R"],
];

describe("a file has its published CID", () => {
  for (const [content, wishes, cid] of files) {
    test(`${JSON.stringify(content)} ${JSON.stringify(wishes)}`, async () => {
      expect(await rootOf(fileOf(content), wishes)).toBe(cid);
    });
  }
});

const directories: readonly (readonly [count: number, wishes: ImportWishes, cid: string])[] = [
  [6241, {}, "QmQpg1LxWxoK6YE2c7QiLZwMLFhgQpLARPbVNaMETxSGga"],
  [6553, {}, "QmZUVgqvThQVHr6gGvVcp4LdbEjgcmVMTRussfpVf9YBe2"],
  [6554, {}, "QmU3C3d4hCbSV2xmx7qTmtiNbg8JgF1EmvFvpHBCfiUKvP"],
  [6241, v1, "bafybeici77zosivr4hmjkrjvjy733qn2e4gebwmddi3a33jmeeigtpqhti"],
  [6242, v1, "bafybeidicfbmtxhgxzlpogjgwic4pbc7pudptzpmoxpoicism7ryuulbqm"],
  [6554, v1, "bafybeifsg42vm5fws4kf3hsjjtyq3hp2ez6w5dj3dvfe4vwu5lgnrn747u"],
  [6554, { maxHamtFanout: 16 }, "QmNh9rzB54LtUyntK8GXJrNYDDQUsLwv6jPPLkt3ZXF2ph"],
];

describe("a directory of empty files f00000, f00001, … has the CID that Kubo gave", () => {
  for (const [count, wishes, cid] of directories) {
    test(`${count} ${JSON.stringify(wishes)}`, async () => {
      expect(await rootOf(emptyFiles(count), wishes)).toBe(cid);
    });
  }
});

test("the profile unixfs-v1-2025 gives the CIDs that Kubo gave with it", async () => {
  const profile = importProfiles["unixfs-v1-2025"];
  const one = async (entries: readonly ImportEntry[]) => rootOf(entries, {}, profile);
  expect([
    await one(fileOf("s10m")),
    await one(fileOf("s1m")),
    await one(fileOf("s256k1")),
    await one(emptyFiles(5242)),
    await one(emptyFiles(5243)),
    await one(emptyFiles(6241)),
  ]).toEqual([
    "bafybeicd7skf3kopcayeuvgppysxpxzxqvy2sei4i7iym3nz4esrncbyta",
    "bafkreideeyd2kwgjzezoiwhuyouepeupk4xficfzqshba3txc2ee4o27bi",
    "bafkreigmgztsg2zqmg72hek7qz4trthrt46ra2aoo226qzsgoz7tnp3why",
    "bafybeidcqvismwhz4ekisjpgjcknfshpcwupvzs25yaztmstcdqvuuaa2e",
    "bafybeicgb42n7mubapkwojlrwftxu6p46rwimhn63lnnquay77sqm7ugyu",
    "bafybeigpgcsv4o4p3poliuej63wrmqvg6z234lcjst5fkr7eps74bkq73u",
  ]);
});

test("directories count when a directory of directories is estimated", async () => {
  const entries = Array.from({ length: 6600 }, (_, index) => {
    return { path: `d/f${String(index).padStart(5, "0")}`, type: "directory" } as const;
  });
  expect([await rootOf(entries, {}), await rootOf(entries, v1)]).toEqual([
    "QmcbBbYwRQmJTkVviYrj4Kdrg1QcRuqmypsSetX93dtWFm",
    "bafybeidag2prxilbfmdvtppegqyagcreilfapjlfcaboyqnw22e5ru43qi",
  ]);
});

test("the directory of Kubo's t0250 is a HAMT with its CID", async () => {
  const entries = Array.from({ length: 5960 }, (_, index) => {
    const path = `big_dir/file${String(index + 1).padStart(6, "0")}`;
    return { path, type: "file", content: contentOf(`text:${index + 1}\n`) } as const;
  });
  expect(await rootOf(entries, {})).toBe("QmWfjnRWRvdvYezQWnfbvrvY7JjrpevsE9cato1x76UqGr");
});

describe("a tree of everything", () => {
  const roots: readonly (readonly [ImportWishes, string])[] = [
    [{}, "QmU3Pe9UVXVHmfYZPRwwBtGCESRXPQjTTfSVQNWyksSqQb"],
    [v1, "bafybeie5hffqdd2faye5d656pt4dtlt7c5nvacwm42qm35buec4ljn57ry"],
    [{ maxDirectoryLinks: 3 }, "QmYSFeQpFbpP61GmNt8sKe32avEMKUrLR7WjZ5C3ypCGLU"],
    [{ maxDirectoryLinks: 3, maxHamtFanout: 8 }, "QmS81Kq5PrFkXgn5vJgyHaaG28tV8Sgho8niag72fNxTjs"],
  ];
  for (const [wishes, cid] of roots) {
    test(`has the CID that Kubo gave with ${JSON.stringify(wishes)}`, async () => {
      expect(await rootOf(mixedTree(), wishes)).toBe(cid);
    });
  }
});

async function rootOf(
  entries: readonly ImportEntry[],
  wishes: ImportWishes,
  profile = importProfiles.default,
): Promise<string> {
  let root = "";
  const options = resolveImportOptions(wishes, profile);
  for await (const event of importEntries(eachOf(entries), nullSink, options)) {
    if (event.type === "node") root = event.cid.toString();
  }
  return root;
}

function fileOf(content: string): readonly ImportEntry[] {
  return [{ path: "f", type: "file", content: contentOf(content) }];
}

function mixedTree(): readonly ImportEntry[] {
  return [
    mixed(".dot", "dot"),
    mixed(".hid/x", "x"),
    mixed("a/z", "z"),
    mixed("a/B", "B"),
    mixed("a/b/c/deep", "deep"),
    { path: "mix/empty", type: "directory" },
    { path: "mix/link", type: "symlink", target: "a/z" },
    mixed("sp ace", "s"),
    mixed("ünïcode", "u"),
  ];
}

function mixed(path: string, content: string): ImportEntry {
  return { path: `mix/${path}`, type: "file", content: contentOf(`text:${content}`) };
}

async function* eachOf(entries: readonly ImportEntry[]): AsyncGenerator<ImportEntry> {
  yield* entries;
}

function emptyFiles(count: number): readonly ImportEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const path = `d/f${String(index).padStart(5, "0")}`;
    return { path, type: "file", content: contentOf("empty") } as const;
  });
}

/** `empty`, `text:…`, zeros as `15m zeros`, or the first bytes of sha256(u64be(0)) || sha256(u64be(1)) || … */
function contentOf(name: string): AsyncIterable<Uint8Array> {
  if (name === "empty") return inPieces(new Uint8Array(), 1);
  if (name.startsWith("text:")) return inPieces(Buffer.from(name.slice(5)), 7);
  const zeros = /^(\d+)m zeros$/.exec(name);
  if (zeros !== null) return inPieces(new Uint8Array(Number(zeros[1]) * 2 ** 20), 100_000);
  return inPieces(counted.subarray(0, sizes[name]), 65_536);
}

const sizes: Readonly<Record<string, number>> = {
  s256k: 262_144,
  s256k1: 262_145,
  s1m: 2 ** 20,
  s10m: 10 * 2 ** 20,
};
const counted = new Uint8Array(10 * 2 ** 20);
for (let index = 0; index < counted.length / 32; index += 1) {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(index));
  Bun.SHA256.hash(number, counted.subarray(index * 32, index * 32 + 32));
}

// Goal: only peers that prove who they are, and hold the network's key, get in. Method: certificates of every kind of host
// key and spoilt ones against the verifier; the key stream against @noble/ciphers; hosts that are somebody else, have
// another key, or speak no libp2p at all.

import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { connect } from "node:net";

import { generateKeyPair, privateKeyToProtobuf, publicKeyToProtobuf } from "@libp2p/crypto/keys";
import { xsalsa20 } from "@noble/ciphers/salsa.js";
import { identity } from "multiformats/hashes/identity";
import { sha256 } from "multiformats/hashes/sha2";

import type { Host } from "#net";
import { connectHosts, openTestHost, waitFor } from "#test/net-host";

import { boundBytes, createCertificate } from "../../../src/net/security/certificate.ts";
import { Salsa20Stream } from "../../../src/net/security/salsa20.ts";
import { verifyCertificate } from "../../../src/net/security/verify-certificate.ts";

const now = 1_800_000_000_000;
const hourMs = 3_600_000;

function der(pem: string): Uint8Array {
  return Uint8Array.from(new X509Certificate(pem).raw);
}

function network(byte: number): { readonly presharedKey: Uint8Array } {
  return { presharedKey: new Uint8Array(32).fill(byte) };
}

function portOf(host: Host): number {
  return Number(/tcp\/(\d+)/.exec(host.addresses()[0] ?? "")?.[1]);
}

describe("certificates", () => {
  for (const type of ["Ed25519", "RSA", "secp256k1", "ECDSA"] as const) {
    test(`a certificate of a host with a key of type ${type} says whose it is`, async () => {
      const key = type === "RSA" ? await generateKeyPair("RSA", 2048) : await generateKeyPair(type);
      const { cert } = await createCertificate(key, now);
      const peer = await verifyCertificate(der(cert), now);
      const bytes = publicKeyToProtobuf(key.publicKey);
      const digest = bytes.length <= 42 ? identity.digest(bytes) : await sha256.digest(bytes);
      expect(peer.toMultihash().bytes).toEqual(digest.bytes);
    });
  }

  test("a certificate counts from an hour before to long after it was made", async () => {
    const { cert } = await createCertificate(await generateKeyPair("Ed25519"), now);
    await verifyCertificate(der(cert), now - hourMs + 1000);
    await verifyCertificate(der(cert), now + 50 * 365 * 24 * hourMs);
    await expect(verifyCertificate(der(cert), now - 2 * hourMs)).rejects.toThrow("not valid yet");
    await expect(verifyCertificate(der(cert), now + 101 * 365 * 24 * hourMs)).rejects.toThrow(
      "expired",
    );
  });

  test("no certificate with one changed byte says that it is this host's", async () => {
    const key = await generateKeyPair("Ed25519");
    const { cert } = await createCertificate(key, now);
    const good = der(cert);
    for (let at = 0; at < good.length; at += 1) {
      const spoilt = Uint8Array.from(good);
      spoilt[at] = (spoilt[at] ?? 0) ^ 0x41;
      const outcome = verifyCertificate(spoilt, now).then(
        () => "accepted",
        (thrown: unknown) => thrown,
      );
      expect(await outcome).toMatchObject({ code: "INVALID_CERTIFICATE" });
    }
  });

  test("what is no certificate, or one without a host's key, is refused", async () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(100), new Uint8Array(20_000).fill(48)]) {
      await expect(verifyCertificate(bytes, now)).rejects.toMatchObject({
        code: "INVALID_CERTIFICATE",
      });
    }
    await expect(verifyCertificate(der(plainCertificate), now)).rejects.toThrow("no key of a host");
  });

  test("the key of one host does not speak for another's certificate", async () => {
    const [key, other] = [await generateKeyPair("Ed25519"), await generateKeyPair("Ed25519")];
    const { cert } = await createCertificate(key, now);
    const spki = new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" });
    const signature = await other.sign(boundBytes(spki));
    expect(await key.publicKey.verify(boundBytes(spki), signature)).toBe(false);
  });
});

describe("the stream of a private network", () => {
  test("is XSalsa20's, whatever the pieces", () => {
    const key = crypto.getRandomValues(new Uint8Array(32));
    const nonce = crypto.getRandomValues(new Uint8Array(24));
    const bytes = crypto.getRandomValues(new Uint8Array(50_000));
    const stream = new Salsa20Stream(key, nonce);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 1 + ((at * 31) % 400)) {
      const piece = bytes.subarray(at, at + 1 + ((at * 31) % 400));
      const half = piece.length >> 1;
      pieces.push(stream.apply([piece.subarray(0, half), piece.subarray(half)], piece.length));
    }
    expect(Buffer.concat(pieces).equals(xsalsa20(key, nonce, bytes))).toBe(true);
  });

  test("goes on behind 256 GiB, where a counter of 32 bits ends", () => {
    const [key, nonce] = [new Uint8Array(32).fill(1), new Uint8Array(24).fill(2)];
    const at = (position: number): Uint8Array =>
      new Salsa20Stream(key, nonce, position).apply([new Uint8Array(64)], 64);
    const end = 2 ** 38;
    expect(at(end)).not.toEqual(at(0));
    const across = new Salsa20Stream(key, nonce, end - 64).apply([new Uint8Array(128)], 128);
    expect(across).toEqual(Buffer.concat([at(end - 64), at(end)]));
  });
});

describe("strangers", () => {
  test("a host that is not the one that was dialled is refused, with TLS and with Noise", async () => {
    for (const security of ["tls", "noise"] as const) {
      await using host = await openTestHost({ security: [security] });
      await using imposter = await openTestHost({ security: [security] });
      await using wanted = await openTestHost();
      const address = `/ip4/127.0.0.1/tcp/${portOf(imposter)}/p2p/${wanted.id}`;
      await expect(host.connect(address)).rejects.toMatchObject({ code: "DIAL_FAILED" });
      expect(host.connections()).toEqual([]);
      await waitFor(() => imposter.connections().length === 0);
    }
  });

  test("hosts with different keys of a network, and with none, do not connect", async () => {
    const deps = { handshakeMs: 500 };
    await using one = await openTestHost(network(1), deps);
    await using two = await openTestHost(network(2), deps);
    await using open = await openTestHost({}, deps);
    for (const [from, to] of [
      [one, two],
      [open, one],
      [one, open],
    ] as const) {
      const signal = AbortSignal.timeout(700);
      const [address = ""] = to.addresses();
      await expect(from.connect(address, { signal })).rejects.toThrow();
      expect([...from.connections(), ...to.connections()]).toEqual([]);
    }
    await using friend = await openTestHost(network(1), deps);
    await connectHosts(friend, one);
  });

  test("a key of a network has 32 bytes", async () => {
    await expect(openTestHost({ presharedKey: new Uint8Array(16) })).rejects.toMatchObject({
      code: "INVALID_PRESHARED_KEY",
    });
  });

  test("hosts without a common security do not connect", async () => {
    await using a = await openTestHost({ security: ["tls"] });
    await using b = await openTestHost({ security: ["noise"] });
    await expect(connectHosts(a, b)).rejects.toMatchObject({ code: "DIAL_FAILED" });
  });

  test("a host of RSA is known by its id", async () => {
    const rsa = await generateKeyPair("RSA", 2048);
    for (const security of ["tls", "noise"] as const) {
      await using a = await openTestHost({ security: [security] });
      await using b = await openTestHost({
        security: [security],
        privateKey: privateKeyToProtobuf(rsa),
      });
      await connectHosts(a, b);
      expect((await a.identify(b.id)).publicKey).toEqual(b.publicKey);
    }
  });

  test("garbage on the port ends its own connection and nothing else", async () => {
    await using host = await openTestHost({}, { handshakeMs: 700 });
    const garbage = [
      new Uint8Array(1000).fill(255),
      crypto.getRandomValues(new Uint8Array(5000)),
      new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"),
      new TextEncoder().encode("\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n" + "x".repeat(500)),
      new TextEncoder().encode("\x13/multistream/1.0.0\n\x07/noise\n" + "x".repeat(500)),
    ];
    const ends = garbage.map(async (bytes) => {
      const socket = connect(portOf(host), "127.0.0.1");
      socket.on("error", () => undefined);
      const closed = new Promise<void>((resolve) => void socket.on("close", () => resolve()));
      socket.resume();
      socket.write(bytes);
      await closed;
    });
    await Promise.all(ends);
    await using other = await openTestHost();
    await connectHosts(other, host);
  });

  test("connections that never finish their handshake are few, and end", async () => {
    await using host = await openTestHost({ profile: "pi" }, { handshakeMs: 700 });
    const silent = Array.from({ length: 40 }, () => connect(portOf(host), "127.0.0.1"));
    let closed = 0;
    for (const socket of silent) {
      socket.on("error", () => undefined);
      socket.on("close", () => (closed += 1));
      socket.resume();
    }
    // 8 may wait on a Pi
    await waitFor(() => closed >= 32);
    expect(closed).toBeLessThan(40);
    await waitFor(() => closed === 40);
    await using other = await openTestHost();
    await connectHosts(other, host);
  });
});

/** Self-signed, without libp2p's extension; made with OpenSSL 3, valid until 2126. */
const plainCertificate = `-----BEGIN CERTIFICATE-----
MIIBbzCCARWgAwIBAgIUCLUTgyQ6/Hmo0Py098rucbrXG5cwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBeDAgFw0yNjExMjExNDA2NDhaGA8yMTI2MTAyODE0MDY0OFow
DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFniJWjnqlp5
vsxlEsKV48i7yMWLlYOoByyL+Tgilr/ZBBR51crEk2ZlaUVOiZBy5ai37BE4Dxoq
Sb2/B0R1+XCjUzBRMB0GA1UdDgQWBBSvKDZx//hpFZX/vM9gxkBAJ41QDjAfBgNV
HSMEGDAWgBSvKDZx//hpFZX/vM9gxkBAJ41QDjAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIAXZCfBxkJ+LWH0OLrpxsz4CZ3/aLxOeL3PseK851zb/
AiEA7i26/HHsSpdIcvsGQhALgw3Qiwgeopng6eStEVUjvQ8=
-----END CERTIFICATE-----`;

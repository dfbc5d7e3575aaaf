import { RequestTimeoutError } from "#api";
import { knownSystemProblem } from "#lib";

const unknownAuthority =
  "tls: failed to verify certificate: x509: certificate signed by unknown authority";

const otherProblems: Readonly<Record<string, string>> = {
  ECONNRESET: "EOF",
  EPROTO: "tls: first record does not look like a TLS handshake",
  ERR_SSL_WRONG_VERSION_NUMBER: "http: server gave HTTP response to HTTPS client",
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_HAS_EXPIRED:
    "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
};

/** Why no answer came, as Go's HTTP client says it. */
export function goCause(cause: unknown, fallback: string): string {
  if (cause instanceof RequestTimeoutError) {
    return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
  }
  if (!(cause instanceof Error)) return fallback;
  const [code, address, port, host] = ["code", "address", "port", "hostname"].map((name) => {
    const value: unknown = Reflect.get(cause, name);
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  });
  const system = knownSystemProblem(cause);
  if (system !== undefined && address !== undefined) {
    return `dial ${placeOf(address, port)}: connect: ${system}`;
  }
  if (code === "ENOTFOUND")
    return `dial tcp: lookup ${host ?? nameIn(cause.message)}: no such host`;
  return otherProblems[code ?? ""] ?? fallback;
}

function placeOf(address: string, port: string | undefined): string {
  if (port === undefined) return `unix ${address}`;
  return `tcp ${address.includes(":") ? `[${address}]` : address}:${port}`;
}

function nameIn(message: string): string {
  return message.split(" ").at(-1) ?? "";
}

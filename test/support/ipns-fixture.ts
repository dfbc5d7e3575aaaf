import { z } from "zod";

const schema = z.object({
  program: z.string(),
  version: z.string(),
  signedText: z.string(),
  keys: z.array(
    z.object({
      type: z.enum(["ed25519", "rsa", "secp256k1"]),
      name: z.string(),
      /** In Kubo's keystore. */
      file: z.string(),
      id: z.string(),
      peer: z.string(),
      protobuf: z.base64(),
      pem: z.string(),
      signature: z.string(),
    }),
  ),
  records: z.array(
    z.object({
      key: z.string(),
      kind: z.enum(["v1v2", "v2"]),
      record: z.base64(),
      inspectJson: z.string(),
      inspectText: z.string(),
    }),
  ),
});

/** Keys and records of a real Kubo, whose version is in the name of the file. The keys are of no use elsewhere. */
export async function readIpnsFixture(): Promise<z.output<typeof schema>> {
  const path = `${import.meta.dir}/../fixtures/kubo-0.44.0-dev-ipns.json`;
  return schema.parse(await Bun.file(path).json());
}

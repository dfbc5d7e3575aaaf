import { ipnsSelector } from "ipns/selector";
import { ipnsValidator } from "ipns/validator";

import type { RecordValidator } from "../../src/net/types.ts";

/** IPNS as the reference library has it. */
export const ipnsRecords: RecordValidator = {
  namespace: "ipns",
  validate: async (key, value) => await ipnsValidator(key, value),
  select: (key, values) => ipnsSelector(key, [...values]),
};

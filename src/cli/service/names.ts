export const programName = "ipfs-cluster-service";

/** What the Go program of this name calls itself; what it is compatible with. */
export const goVersion = "1.1.6";

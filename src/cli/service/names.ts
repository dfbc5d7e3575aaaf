export const programName = "ipfs-cluster-service";

/** What IPFS Cluster's programs call themselves; what ours of those names are compatible with. */
export const goVersion = "1.1.6";

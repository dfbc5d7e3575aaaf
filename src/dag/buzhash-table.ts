// The random number of each byte value, from boxo v0.42 chunker/buzhash.go: 256 little-endian 32-bit words in base64. They
// are part of the format, so to speak: other numbers would cut elsewhere.
const words = [
  "1ec2YgubJxCCgYFyFGVS3D0e1C/I+H53hVLugzc2jywanAQvkZffVx8VB5IYSFSbWPbudGDKKCAa2XECfliuJ1/6+ezN",
  "cW4jLoo69IAzsQsskVee22yiiXE9z5/xpm2odvNJnMfsajTuqZTwy+mZ6sYTF7D7z4oI+6BgKWxiSjRGKvJ/pRp6bRZJ",
  "cWrKVNRBMLglg2P1ZQvK7H9EXurQ+dTT2cF0xV7LAumqVefA7YYznjoN4cEN5zn2xeMKFEObxQpJxvswQF7VbZeO6mh0",
  "qG/vMPil1R7MeE4fYQUZ0d0EOWHyuWdsVsxcWpCkszd7iolTS53Sj2t1FdiqFOQbUefB+jx5oSmA2v4O1AIOOAf975vc",
  "gpAELTF4vJmoAlD/RnbOIZsEzQFPmUMPpcXGw1Bf2rvHXsEOthnbmrmAHgxoKbW5GSQWrgW0QiWdLqSRaPbga7mm1260",
  "dye8Vs5i4dWqZkIEt/1gpTL4Zsr2lZXtPOj+mY0iVSgOvxJZZIlm2q+JB6i6ggJDo2cjsJEUWbGk8S+2OQdBoFVwmymy",
  "Di5Sgvwk39MnM2kmeLBp4GIcATFQf66TBfVdJ+vZeLYO4N7MF1kKZrmXLSAG3SKeIu2/Ncep5m8x1kwux2+i3wYCWlyx",
  "1kl72GlFd8kJYV1EE6p1qTW5qZqFEwA4ZZFj+9H9VZLCkTtKeCZM57lATc5jnr58wJ5S5OYvY7MPydk4lKiUL2gRRv34",
  "7cF+JdbjXEexLe5gArD6KnhIniveQLOGyv2CFL+zQf6wEqTUjLmd4FNdr8Ff4lV+OGs0070sobe6J2ic7ov3cVIPOoyw",
  "kQQVEult8k46PiO66wnT/+CpoCFZK8o8ibnuiJ6CMyrMcJjQucQjoy6j6yJNrL1MxMg7lwONHjV3MvmfADt4Qje4DnHc",
  "ISYDfQHtoQp2XEuBaVp/BOOW3pw8qfWGXGGlKjK0TVMlQuMtLg1LzPzMVyqsCwRtoPA313i8ZvfR8jyVp/WF2t+81bcT",
  "Uiij6LwYX4/TREIJ21MSV/7up38xQ08yStk5/D+O+rNRn+5LeoLGu3hQA1yfbCj+Aoa2WiTX92vtipjECvoQ4D9p41/G",
  "y0lXpDflhCtj85/emg9UIDSbjKqzdsRb10tXHa0AkZJN3iFHBRvfJ0aFsVhkZ+e3WE6Q36FXr5czxE29/W0lpvOYOfYz",
  "WODxJs8K4tbZf/VNCzCQkELfibwc0GjjPonPRqBCzBsYjnd2XCZnxKSB6aEdmYKUco9wYq7i5nAYRPy2sOGVJfhFBH+0",
  "k1q+9Jxe53HahLCClZ3vNfib4mEfWYVZMkMu4y1dD7+PjTgPs5VuW60H306TTg6Z1DxZ4lOQfYVBXA==",
].join("");

/** The 256 words as signed integers. */
export function loadBuzhashTable(): Int32Array {
  const bytes = Buffer.from(words, "base64");
  return Int32Array.from({ length: 256 }, (_, index) => bytes.readInt32LE(index * 4));
}

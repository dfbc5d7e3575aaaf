/**
 * Gives the memory of these bytes back at once; the garbage collector would do it much later. All views of the buffer
 * are empty afterwards: nobody may look at them any more.
 */
export function freeMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

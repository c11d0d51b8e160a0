const COLUMNS = 32;
const ROWS = 24;
/** Every so many images one is cut off in the middle, as uploads sometimes are. */
const BROKEN_EVERY = 25;

/** A picture of coloured waves, in the plain text form of PPM, which any viewer shows. */
export function makeImage(number) {
  const pixels = [];
  for (let y = 0; y < ROWS; y++) {
    for (let x = 0; x < COLUMNS; x++) {
      const wave = (phase) => Math.round(127.5 * (1 + Math.sin((x * (number + 1)) / 9 + y / 5 + phase)));
      pixels.push(`${wave(0)} ${wave(2)} ${wave(4)}`);
    }
  }
  const image = `P3\n${COLUMNS} ${ROWS}\n255\n${pixels.join('\n')}\n`;
  return isBroken(number) ? image.slice(0, image.length / 2) : image;
}

export function isBroken(number) {
  return number % BROKEN_EVERY === BROKEN_EVERY - 1;
}

export function nameOf(number) {
  return `${String(number).padStart(4, '0')}.ppm`;
}

/** Shrinks an image in the plain text form of PPM: every pixel of the result is the mean of those it stands for. */
export const handler = async ({ image, width }) => {
  const [magic, ...words] = image.split(/\s+/).filter((word) => word !== '');
  const [columns, rows, most, ...values] = words.map(Number);
  if (magic !== 'P3' || values.length !== columns * rows * 3)
    throw new Error(`This is no whole image: ${image.slice(0, 20)}`);
  const height = Math.max(1, Math.round((rows * width) / columns));
  const pixels = [];
  let light = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const mean = [0, 1, 2].map((colour) => {
        const [left, right] = [Math.floor((x * columns) / width), Math.floor(((x + 1) * columns) / width)];
        const [top, bottom] = [Math.floor((y * rows) / height), Math.floor(((y + 1) * rows) / height)];
        let sum = 0;
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) sum += values[(row * columns + column) * 3 + colour];
        }
        return Math.round(sum / ((right - left) * (bottom - top)));
      });
      pixels.push(mean.join(' '));
      light += mean[0] + mean[1] + mean[2];
    }
  }
  return {
    image: `P3\n${width} ${height}\n${most}\n${pixels.join('\n')}\n`,
    brightness: Math.round((100 * light) / (width * height * 3 * most)),
  };
};

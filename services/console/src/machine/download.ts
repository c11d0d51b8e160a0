/** Hands a file to the browser. */
function hand(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** Hands a text to the browser as a file. */
export function download(name: string, type: string, text: string): void {
  hand(name, new Blob([text], { type }));
}

/** Pixels of a picture for each of the drawing's, and at most so many on a side: what is larger, browsers refuse. */
const SHARPNESS = 2;
const MOST_PIXELS = 8_000;

/** Hands a drawing to the browser as a picture. */
export async function downloadPng(name: string, svg: string): Promise<void> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const scale = Math.min(SHARPNESS, MOST_PIXELS / Math.max(image.width, image.height, 1));
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(image.width * scale);
  canvas.height = Math.ceil(image.height * scale);
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (picture === null) throw new Error('The browser could not draw the picture.');
  hand(name, picture);
}

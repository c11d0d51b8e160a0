import { bigint, customType } from '../drizzle.ts';
import { decodeText, encodeText } from '../text.ts';

// Times are bigint milliseconds since the epoch, by the database's clock. Documents that the engine wrote (checkpoints,
// frames, events, activations) are JSON text and stored as they are; raw strings go through `freeText`.

/** Keys compare by bytes: the same order whatever the database's locale, and the cheapest. */
export const key = customType<{ data: string; driverData: string }>({ dataType: () => 'text COLLATE "C"' });

/** Any string at all, U+0000 and lone surrogates included. */
export const freeText = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: encodeText,
  fromDriver: decodeText,
});

export const whole = (name: string) => bigint(name, { mode: 'number' });
export const milliseconds = whole;

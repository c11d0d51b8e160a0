/** What a Parquet thread is given at its start. */
export interface ThreadStart {
  /** Of the file, in bytes. */
  readonly size: number;
  /** Of the footer's beginning. */
  readonly footerStart: number;
}

/** From the thread. */
export type FromThread =
  /** It needs these bytes of the file. */
  | { readonly type: 'bytes'; readonly id: number; readonly start: number; readonly end: number }
  /** JSON texts of rows, in the file's order. The thread goes on when it is asked for more. */
  | { readonly type: 'rows'; readonly rows: readonly string[] }
  | { readonly type: 'end' }
  /** The file cannot be read. */
  | { readonly type: 'unusable'; readonly message: string };

/** To the thread. */
export type ToThread =
  | { readonly type: 'bytes'; readonly id: number; readonly bytes: ArrayBuffer }
  | { readonly type: 'more' };

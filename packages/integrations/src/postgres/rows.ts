import { type Json, type JsonObject, jsonText, setOwn } from '@everstep/language';
import type { FieldDef, PoolClient, Query, QueryArrayResult } from 'pg';
import { MAX_RESULT_BYTES } from '../result-limit.ts';
import { ServiceFailure, TooLargeError } from '../targets/service-failure.ts';
import { memberOf } from '../unknown-member.ts';

/** What comes on the wire for a result that a state could hold: a row's text, and what JSON adds or leaves out. */
const MAX_WIRE_BYTES = 4 * 1024 * 1024;

/**
 * Sends a query and reads its rows, one at a time: what is more than a state can hold ends the connection, whatever else
 * the server would like to send. Rejects with TooLargeError, a ServiceFailure or the driver's errors.
 */
export function readRows(client: PoolClient, query: Query<Json[]>, maxRows: number): Promise<Json> {
  return new Promise((resolve, reject) => {
    const rows: JsonObject[] = [];
    let bytes = 0;
    const fail = (error: Error): void => {
      stopWatching();
      reject(error);
    };
    const stopWatching = watchWire(client, () => fail(new TooLargeError()));
    query.on('row', (row: readonly Json[], result) => {
      if (rows.length >= maxRows) {
        return fail(new ServiceFailure('TooManyRows', `The statement gives more than ${maxRows} rows.`));
      }
      const named = byName(row, result?.fields ?? []);
      bytes += jsonText(named).length;
      if (bytes > MAX_RESULT_BYTES) return fail(new TooLargeError());
      rows.push(named);
    });
    query.on('error', fail);
    query.on('end', (result: QueryArrayResult<Json[]>) => {
      stopWatching();
      resolve({ Command: result.command ?? null, RowCount: result.rowCount ?? 0, Rows: rows });
    });
    client.query(query);
  });
}

function byName(row: readonly Json[], fields: readonly FieldDef[]): JsonObject {
  const named: JsonObject = {};
  for (const [index, { name }] of fields.entries()) setOwn(named, name, row[index] ?? null);
  return named;
}

/** A single value may have a gigabyte, and comes whole or not at all: it is the wire that must be watched. */
function watchWire(client: PoolClient, onTooMuch: () => void): () => void {
  const stream = memberOf(memberOf(client, 'connection'), 'stream');
  let bytes = 0;
  const count = (chunk: unknown): void => {
    bytes += Buffer.isBuffer(chunk) ? chunk.byteLength : 0;
    if (bytes > MAX_WIRE_BYTES) onTooMuch();
  };
  const on = memberOf(stream, 'on');
  const off = memberOf(stream, 'off');
  if (typeof on === 'function') Reflect.apply(on, stream, ['data', count]);
  return () => {
    if (typeof off === 'function') Reflect.apply(off, stream, ['data', count]);
  };
}

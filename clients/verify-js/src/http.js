// Questions to the server: bounded in time and size, and never redirected with our secret.

import { Deadline } from './deadline.js';

/** @typedef {import('./settings.js').Settings} Settings */

/** What we ask for has some kilobytes. */
const MAXIMUM_BYTES = 1024 * 1024;

/** An answer that is none: its status is not 200, or its body not what was asked for. */
export class Unanswered extends Error {
  /**
   * @param {string} message
   * @param {{ status?: number, retryAfter?: number }} [more]
   */
  constructor(message, { status, retryAfter } = {}) {
    super(message);
    this.name = 'Unanswered';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/**
 * A JSON object, within the time that `settings` gives.
 * @param {Settings} settings
 * @param {string} path
 * @param {{ signal: AbortSignal } & RequestInit} request
 * @returns {Promise<Record<string, any>>}
 */
export async function askJson(settings, path, { signal, ...request }) {
  const deadline = new Deadline(settings.timeout, signal);
  try {
    const response = await open(settings, path, request, deadline);
    return parsed(await bodyOf(response, path, deadline), path);
  } finally {
    deadline.end();
  }
}

/**
 * @param {string} text
 * @param {string} path
 */
function parsed(text, path) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Unanswered(`${path}: the answer is not JSON`);
  }
  if (typeof value !== 'object' || value === null) throw new Unanswered(`${path}: the answer is no object`);
  return value;
}

/**
 * An answer with the status 200, whose body has yet to be read.
 * @param {Settings} settings
 * @param {string} path
 * @param {RequestInit} request
 * @param {Deadline} deadline
 */
export async function open(settings, path, request, deadline) {
  const { signal } = deadline;
  const asked = settings.fetch(settings.server + path, { ...request, redirect: 'error', signal });
  // One that comes when nobody waits any more.
  asked.then(late => signal.aborted && discard(late), () => {});
  const response = await deadline.within(asked);
  if (response.status === 200) return response;
  discard(response);
  const told = response.headers.get('retry-after') ?? '';
  const retryAfter = /^\d{1,5}$/.test(told) ? Number(told) : undefined;
  throw new Unanswered(`${path}: the server said ${response.status}`, { status: response.status, retryAfter });
}

/**
 * The bytes of a body, each piece within the deadline. Who stops reading hangs up.
 * @param {Response} response
 * @param {Deadline} deadline
 */
export async function* piecesOf(response, deadline) {
  const reader = response.body?.getReader();
  try {
    while (reader) {
      const { done, value } = await deadline.within(reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    reader?.cancel().catch(() => {});
  }
}

/** @param {Response} response */
export function discard(response) {
  response.body?.cancel().catch(() => {});
}

/**
 * @param {Response} response
 * @param {string} path
 * @param {Deadline} deadline
 */
async function bodyOf(response, path, deadline) {
  const pieces = [];
  let length = 0;
  for await (const piece of piecesOf(response, deadline)) {
    length += piece.length;
    if (length > MAXIMUM_BYTES) throw new Unanswered(`${path}: the answer is too long`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

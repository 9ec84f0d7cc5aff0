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
    const response = await settings.fetch(settings.server + path, { ...request, redirect: 'error', signal: deadline.signal });
    if (response.status !== 200) throw await unanswered(path, response);
    return parsed(await bodyOf(response, path), path);
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
 * What an answer that wasn't 200 says; its body is not read.
 * @param {string} path
 * @param {Response} response
 */
export async function unanswered(path, response) {
  await response.body?.cancel().catch(() => {});
  const told = response.headers.get('retry-after') ?? '';
  const retryAfter = /^\d{1,5}$/.test(told) ? Number(told) : undefined;
  return new Unanswered(`${path}: the server said ${response.status}`, { status: response.status, retryAfter });
}

/**
 * @param {Response} response
 * @param {string} path
 */
async function bodyOf(response, path) {
  const chunks = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAXIMUM_BYTES) throw new Unanswered(`${path}: the answer is too long`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

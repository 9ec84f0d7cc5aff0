import type { Exchange } from '@urql/core';
import type { Client } from './index.js';

/** Puts the access token on queries and mutations, and repeats once those that another token mends. Goes before the fetchExchange. */
export function cardeaExchange(cardea: Client): Exchange;

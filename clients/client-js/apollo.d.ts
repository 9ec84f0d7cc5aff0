import type { ApolloLink } from '@apollo/client';
import type { Client } from './index.js';

/** Puts the access token on queries and mutations, and repeats once those that another token mends. Goes before the HttpLink. */
export function cardeaLink(cardea: Client): ApolloLink;

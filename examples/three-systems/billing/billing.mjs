// Billing: shows their invoices to those who are signed in, and payouts to those who may see them.
import { createVerifier } from '@cardea/verify';
import { protect } from '@cardea/verify/express';
import cors from 'cors';
import express from 'express';

const { ISSUER, SERVER, AUDIENCE, CLIENT_ID, CLIENT_SECRET, PAGE, LISTEN } = process.env;

const verifier = createVerifier({
  issuer: ISSUER,
  server: SERVER,
  audience: AUDIENCE,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  // What isn't known because the feed is late is refused with 503: for money no guess is good enough, and no round trip wanted.
  whenStale: 'refuse',
  onFault: fault => console.warn(`Billing: ${fault.message}`),
});

const billing = express();
// The page is of another origin; what browsers ask beforehand they need not ask again for two hours.
billing.use(cors({ origin: PAGE, methods: 'GET', allowedHeaders: 'Authorization', maxAge: 7200 }));
billing.get('/invoices', protect(verifier), (request, response) => {
  response.json({ invoices: ['March, 12.00', 'April, 19.50'], of: request.verified.userId });
});
billing.get('/payouts', protect(verifier, 'payouts:read'), (request, response) => {
  response.json({ payouts: ['April, 7.30'], of: request.verified.userId });
});

const [host, port] = LISTEN.split(':');
billing.listen(Number(port), host);

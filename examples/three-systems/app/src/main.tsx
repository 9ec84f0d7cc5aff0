import { createRoot } from 'react-dom/client';

import { open } from './model/opening';
import './style/base.css';
import './style/page.css';
import './style/person.css';
import './style/system.css';
import './style/time-line.css';
import './style/sessions.css';
import { Boundary } from './view/boundary';
import { Page } from './view/page';

if (location.hostname !== '127.0.0.1') {
  // Whatever leads here: to browsers that is another site, and the cookies of Cardea would not be sent.
  location.hostname = '127.0.0.1';
} else {
  const place = document.getElementById('page');
  if (place) createRoot(place).render(<Boundary><Page opening={open()} /></Boundary>);
}

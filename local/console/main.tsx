/** Entry point of the console in the browser. */
import './styles/base.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/views.css';
import './styles/start.css';
import './styles/users.css';
import './styles/trouble.css';
import { render } from 'preact';
import { Frame } from './frame.tsx';
import { connect } from './state/cloud.ts';
import { followLinks } from './state/route.ts';

const root = document.getElementById('console');
if (root !== null) {
  document.addEventListener('click', followLinks);
  connect();
  render(<Frame />, root);
}

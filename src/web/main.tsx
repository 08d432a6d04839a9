// Starts the page.
import { render } from 'preact';
import { App } from './app.js';
import { choose, chosenTheme } from './theme.js';
import './tokens.css';
import './page.css';
import './top.css';
import './controls.css';
import './gate.css';
import './attention.css';
import './batches.css';
import './timeline.css';
import './migrations.css';
import './details.css';

choose(chosenTheme());
const place = document.getElementById('page');
if (place !== null) render(<App />, place);

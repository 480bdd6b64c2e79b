import { render } from 'preact';
import { App } from './shell/app.tsx';
import './styles/main.css';

const place = document.getElementById('app');
if (place) render(<App />, place);

/** The look of all pages: one stylesheet for light and dark, from a phone's width up. */

const TOKENS = `
:root { color-scheme: light dark; --ink: #1a1f36; --soft: #505a70; --line: #d5dbe6; --edge: #7d879c; --paper: #fff; --back: #f4f6fa; --accent: #4f46e5; --on-accent: #fff; --bad: #b3261e;
--ok-back: #d8f5e1; --ok-ink: #0b5229; --warn-back: #fdf0cf; --warn-ink: #664300; --bad-back: #fde4e1; --bad-ink: #8a150e; --mute-back: #e6e9f0; --mute-ink: #3f475a; --mark: #ffd88a; --mark-ink: #4a2f00; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef1f8; --soft: #aab3c8; --line: #38415a; --edge: #7c869f; --paper: #1b2132; --back: #11162a; --accent: #9aa1ff; --on-accent: #11162a; --bad: #ff9d94;
--ok-back: #12351f; --ok-ink: #8ee6ab; --warn-back: #3a2d0a; --warn-ink: #f2cf7a; --bad-back: #451b18; --bad-ink: #ffb9b2; --mute-back: #2b3247; --mute-ink: #ccd4e4; --mark: #5c4206; --mark-ink: #ffe3a6; } }
`;

const BASE = `
* { box-sizing: border-box; }
html { scroll-padding: 1rem; }
body { margin: 0; font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; color: var(--ink); background: var(--back); overflow-wrap: anywhere; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; } h2 { margin: 0 0 .75rem; font-size: 1.125rem; } h3 { margin: 0; font-size: 1rem; }
p { margin: 0 0 .75rem; } ul, ol { margin: 0; padding: 0; list-style: none; } dl { margin: 0; } dd { margin: 0; }
a { color: var(--accent); text-underline-offset: .15em; } code, pre { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .25rem; }
.soft { color: var(--soft); } .small { font-size: .875rem; } .price { font-size: 1.875rem; font-weight: 650; margin: 0; line-height: 1.25; } .price small { font-size: 1rem; font-weight: 400; color: var(--soft); }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.mark { margin: 0; padding: .4rem 1rem; background: var(--mark); color: var(--mark-ink); font-size: .875rem; text-align: center; }
`;

const LAYOUT = `
main { max-width: 36rem; margin: 2rem auto; padding: 0 1rem; } main.wide { max-width: 76rem; margin-top: 1.25rem; } main.checkout, main.portal { max-width: 60rem; }
form.panel > label { margin-top: 0; } form.panel > label ~ label, form.panel > .choice { margin-top: .9rem; } .panel { margin-bottom: 1.25rem; padding: 1.25rem; background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; }
.columns { display: grid; gap: 0 1.5rem; grid-template-columns: minmax(0, 1fr); align-items: start; }
@media (min-width: 48rem) { .columns { grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); } .panel { padding: 1.5rem; } }
.lines > * { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .4rem 0; border-bottom: 1px solid var(--line); } .lines > :last-child { border-bottom: 0; } .lines .total { font-weight: 650; }
.row { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; } .row.end { align-items: end; } .between { justify-content: space-between; }
.facts { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 1rem; } .facts dt { color: var(--soft); font-size: .875rem; } .facts dd { margin-bottom: .5rem; }
@media (min-width: 40rem) { .facts { grid-template-columns: fit-content(10rem) minmax(0, 1fr); } .facts dt, .facts dd { padding: .2rem 0; margin: 0; font-size: 1rem; } }
.scroll { overflow-x: auto; } table { width: 100%; border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); font-size: .9375rem; overflow-wrap: normal; } th { color: var(--soft); font-weight: 600; font-size: .875rem; } .wide td { white-space: nowrap; }
nav.tabs { max-width: 76rem; margin: 0 auto; padding: .75rem 1rem 0; display: flex; flex-wrap: wrap; gap: .25rem; align-items: center; } nav.tabs a { padding: .4rem .7rem; border-radius: .4rem; color: var(--ink); text-decoration: none; } nav.tabs a:hover { background: var(--mute-back); } nav.tabs a[aria-current] { background: var(--accent); color: var(--on-accent); } nav.tabs form { margin-left: auto; display: flex; gap: .4rem; } nav.tabs input { width: 14rem; max-width: 60vw; padding: .4rem .6rem; } nav.tabs button { padding: .4rem .8rem; }
pre { margin: 0; padding: 1rem; background: var(--back); border: 1px solid var(--line); border-radius: .5rem; overflow: auto; max-height: 40rem; white-space: pre; overflow-wrap: normal; }
.spaced { margin-top: 1rem; } .item { padding: .75rem 0; border-top: 1px solid var(--line); } .item:first-of-type { border-top: 0; }
`;

const CONTROLS = `
label, legend { display: block; margin: .9rem 0 .25rem; font-weight: 600; padding: 0; } fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
input, select { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--edge); border-radius: .4rem; } input[type=radio], input[type=checkbox] { width: auto; accent-color: var(--accent); margin: .25rem 0; }
input[aria-invalid=true] { border: 2px solid var(--bad); } .error { margin: .3rem 0 0; color: var(--bad); font-weight: 600; } .pair { align-items: end; display: grid; grid-template-columns: 1fr 1fr; gap: 0 .75rem; }
.choice { display: flex; gap: .6rem; align-items: start; margin: 0; padding: .6rem 0; font-weight: 400; }
button, .button { display: inline-block; padding: .6rem 1rem; font: inherit; font-weight: 650; color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: .4rem; cursor: pointer; text-decoration: none; text-align: center; }
button.plain, .button.plain { color: var(--ink); background: var(--paper); border-color: var(--edge); } button.bad { color: var(--bad); background: var(--paper); border-color: var(--bad); } button.full { width: 100%; margin-top: 1.25rem; padding: .8rem; } button[aria-disabled=true] { opacity: .7; cursor: progress; }
button:hover, .button:hover { filter: brightness(1.08); } form.inline { display: inline-block; margin: 0; }
.notice { margin: 0 0 1rem; padding: .75rem 1rem; border-left: 4px solid var(--bad); background: var(--bad-back); color: var(--bad-ink); border-radius: .25rem; } .notice.ok { border-color: var(--ok-ink); background: var(--ok-back); color: var(--ok-ink); } .notice.warn { border-color: var(--warn-ink); background: var(--warn-back); color: var(--warn-ink); } .notice a { color: inherit; } .notice p:last-child { margin: 0; }
.badge { display: inline-block; padding: .05rem .5rem; border-radius: 1rem; background: var(--mute-back); color: var(--mute-ink); font-size: .8125rem; font-weight: 600; white-space: nowrap; } .badge.ok { background: var(--ok-back); color: var(--ok-ink); } .badge.warn { background: var(--warn-back); color: var(--warn-ink); } .badge.bad { background: var(--bad-back); color: var(--bad-ink); }
.cards { margin-top: 1rem; padding: .75rem; border: 1px dashed var(--edge); border-radius: .5rem; } .cards ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 11.5rem), 1fr)); gap: .4rem; } .cards button { width: 100%; padding: .4rem .6rem; font-size: .875rem; font-weight: 500; text-align: left; color: var(--ink); background: var(--paper); border-color: var(--edge); } .cards button strong { display: block; font-weight: 650; } .cards button[aria-pressed=true] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
details > summary { cursor: pointer; padding: .35rem 0; color: var(--accent); font-weight: 600; } details > summary ~ * { margin-top: .5rem; }
@media (prefers-reduced-motion: no-preference) { button, .button { transition: filter .15s; } }
@media (forced-colors: active) { .badge, .notice, button { border: 1px solid; } }
`;

export const STYLESHEET = TOKENS + BASE + LAYOUT + CONTROLS;

/** The styles of the page: one column, system fonts, and the reader's light or dark theme. */

export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1d2430; --quiet: #5d6778; --paper: #f6f7f9; --card: #fff; --line: #e1e5eb; --accent: #4f46e5; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7eaf0; --quiet: #9aa4b5; --paper: #12151b; --card: #1a1f28; --line: #2b323e; --accent: #a5b4fc; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -0.02em; }
h2 { margin: 0 0 0.75rem; font-size: 1.1rem; }
h3 { margin: 0 0 0.35rem; font-size: 0.95rem; font-weight: 600; }
header p, section p { color: var(--quiet); }
section { margin-top: 1.25rem; padding: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.4rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
tr:first-child > * { border-top: 0; }
th { width: 13rem; padding-right: 1rem; color: var(--quiet); font-weight: 500; }
code, pre { font: 0.85rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
td code { overflow-wrap: anywhere; }
pre { margin: 0; padding: 0.75rem; overflow-x: auto; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
a { color: var(--accent); }
.cards { margin: 0; padding: 0; list-style: none; }
ol { margin: 0; padding-left: 1.25rem; }
ol li + li { margin-top: 1rem; }
@media (max-width: 36rem) { th, td { display: block; width: auto; } td { padding-top: 0; border-top: 0; } }
`;

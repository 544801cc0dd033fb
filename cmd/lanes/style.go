package lanes

// Style is the style sheet of the pictures, which each of them has in it. Every
// rule is for what is inside of .lanes. The colours are those of GitHub's pages; a
// page may set them anew.
const Style = `.lanes { color-scheme: light dark; --lanes-paper: #ffffff; --lanes-ink: #1f2328; --lanes-quiet: #59636e; --lanes-grid: #e4e8ec; --lanes-life: #f3f5f7; --lanes-poll: #6f99c8; --lanes-found: #0969da; --lanes-accent: #bc4c00 }
@media (prefers-color-scheme: dark) {
.lanes { --lanes-paper: #0d1117; --lanes-ink: #f0f6fc; --lanes-quiet: #9198a1; --lanes-grid: #21262d; --lanes-life: #171c23; --lanes-poll: #44709c; --lanes-found: #58a6ff; --lanes-accent: #f0883e }
}
.lanes text { font: 12px system-ui, sans-serif; fill: var(--lanes-quiet); font-variant-numeric: tabular-nums }
.lanes .paper { fill: var(--lanes-paper) }
.lanes .grid { stroke: var(--lanes-grid) }
.lanes .title { font-size: 15px; font-weight: 600; fill: var(--lanes-ink) }
.lanes .unit { font-weight: 600; fill: var(--lanes-ink) }
.lanes .middle { text-anchor: middle }
.lanes .end { text-anchor: end }
.lanes .halo { paint-order: stroke; stroke: var(--lanes-paper); stroke-width: 4px; stroke-linejoin: round }
.lanes .reply { fill: var(--lanes-accent); font-weight: 600 }
.lanes .life { fill: var(--lanes-life) }
.lanes .linger { fill: none; stroke: var(--lanes-grid); stroke-dasharray: 3 3 }
.lanes .link { fill: none; stroke: var(--lanes-found); stroke-dasharray: 2 3 }
.lanes .callback { fill: var(--lanes-ink) }
.lanes .poll { fill: var(--lanes-poll) }
.lanes .found { fill: var(--lanes-found) }
.lanes .idle { fill: var(--lanes-poll); fill-opacity: .6 }
.lanes .under { fill: none; stroke: var(--lanes-quiet); stroke-opacity: .6 }
.lanes .crowd { fill: var(--lanes-quiet); fill-opacity: .45 }
.lanes .set { fill: none; stroke: var(--lanes-quiet); stroke-width: 1px }
.lanes .routine { fill: var(--lanes-accent) }
.lanes .wrote { fill: none; stroke: var(--lanes-accent); stroke-width: 2px; stroke-linecap: round; stroke-linejoin: round }
.lanes .accepted { fill: var(--lanes-found) }
.lanes .freed { fill: var(--lanes-paper); stroke: var(--lanes-quiet); stroke-width: 1.5px }
.lanes .closed, .lanes .trouble { fill: none; stroke: var(--lanes-ink); stroke-width: 2px }
.lanes .between { fill: none; stroke: var(--lanes-accent); stroke-width: 1.5px }
`

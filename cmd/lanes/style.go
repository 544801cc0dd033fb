package lanes

// Style is the style sheet of the pictures, which each of them has in it. Every
// rule is for what is inside of .lanes. The colours are those of GitHub's pages.
const Style = `.lanes { color-scheme: light dark; --paper: #ffffff; --ink: #1f2328; --quiet: #59636e; --grid: #e4e8ec; --life: #f3f5f7; --poll: #c2d7ee; --found: #0969da; --accent: #bc4c00 }
@media (prefers-color-scheme: dark) {
.lanes { --paper: #0d1117; --ink: #f0f6fc; --quiet: #9198a1; --grid: #21262d; --life: #171c23; --poll: #25415f; --found: #58a6ff; --accent: #f0883e }
}
.lanes text { font: 12px system-ui, sans-serif; fill: var(--quiet); font-variant-numeric: tabular-nums }
.lanes .paper { fill: var(--paper) }
.lanes .grid { stroke: var(--grid) }
.lanes .title { font-size: 15px; font-weight: 600; fill: var(--ink) }
.lanes .unit { font-weight: 600; fill: var(--ink) }
.lanes .middle { text-anchor: middle }
.lanes .end { text-anchor: end }
.lanes .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round }
.lanes .reply { fill: var(--accent); font-weight: 600 }
.lanes .life { fill: var(--life) }
.lanes .linger { fill: none; stroke: var(--grid); stroke-dasharray: 3 3 }
.lanes .link { fill: none; stroke: var(--found); stroke-dasharray: 2 3 }
.lanes .callback { fill: var(--ink) }
.lanes .poll { fill: var(--poll) }
.lanes .found { fill: var(--found) }
.lanes .idle { fill: var(--poll); fill-opacity: .6 }
.lanes .under { fill: none; stroke: var(--quiet); stroke-opacity: .6 }
.lanes .crowd { fill: var(--quiet) }
.lanes .set { fill: none; stroke: var(--quiet); stroke-width: 1px }
.lanes .routine { fill: var(--accent) }
.lanes .wrote { fill: none; stroke: var(--accent); stroke-width: 2px; stroke-linecap: round; stroke-linejoin: round }
.lanes .accepted { fill: var(--found) }
.lanes .freed { fill: var(--paper); stroke: var(--quiet); stroke-width: 1.5px }
.lanes .closed, .lanes .trouble { fill: none; stroke: var(--ink); stroke-width: 2px }
.lanes .between { fill: none; stroke: var(--accent); stroke-width: 1.5px }
.lanes .guide { fill: none; stroke: var(--accent); stroke-dasharray: 2 3; stroke-opacity: .7 }
`

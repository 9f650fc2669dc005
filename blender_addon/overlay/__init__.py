"""What is drawn over a doodle in the viewport, and in no render: onion skin, arcs, links, doubt.

`lines`, `onion`, `arcs`, `doubt` and `arrows` say what is drawn, in plain arrays; `requests` which frames that takes,
`building` makes it bit by bit between redraws, `drawing` hands it to the GPU. `pointing` finds the shape under the
mouse.
"""

"""Dense scenes for judging how shapes are matched: 60 to 600 lines and areas, true in-betweens known."""

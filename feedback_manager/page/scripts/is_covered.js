({ overlays }) => overlays.filter((overlay) => shownOf(overlay.covers).length > 0).map((overlay) => overlay.close)

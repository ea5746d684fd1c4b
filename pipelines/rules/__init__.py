"""What rules said: spells of breach, how two judgements differ, and the arithmetic of one alert."""

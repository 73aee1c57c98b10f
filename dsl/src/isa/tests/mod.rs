mod untouched;

print("gpio-suite")

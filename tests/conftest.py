from hypothesis import settings

settings.register_profile("potluck", deadline=None)
settings.load_profile("potluck")
